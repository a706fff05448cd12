package conditions

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// unitCosts are the resource units of the GET requests that cost more than one, by route, as Microsoft documents them.
var unitCosts = map[string]int{
	"applications":                            2,
	"applications/{}/extensionProperties":     2,
	"servicePrincipals/{}/appRoleAssignments": 2,
	"oauth2PermissionGrants":                  2,
	"users":                                   2,
	"groups/{}/members":                       3,
	"groups/{}/transitiveMembers":             5,
	"contracts":                               3,
}

// lookUpCost is the cost of finding many objects by their ids.
const lookUpCost = 3

const (
	leastCost = 1
	smallPage = 20 // below it, a page is cheaper
)

// Units returns what a request costs in resource units, from 1 up. The query is raw.
func Units(method, route, query string) int {
	cost := leastCost
	plain, _, _ := strings.Cut(route, "/microsoft.graph.") // a type cast costs nothing
	if units, listed := unitCosts[plain]; listed && method == http.MethodGet {
		cost = units
	}
	if route == "directoryObjects/getByIds" {
		cost = lookUpCost
	}
	options, err := url.ParseQuery(query)
	if err != nil {
		return cost
	}
	if options.Get("$select") != "" {
		cost--
	}
	if top, err := strconv.Atoi(options.Get("$top")); err == nil && top < smallPage {
		cost--
	}
	if options.Get("$expand") != "" {
		cost++
	}
	return max(cost, leastCost)
}

// isWrite tells whether a request counts as a write.
func isWrite(method, route string) bool {
	return method != http.MethodGet && route != "directoryObjects/getByIds" &&
		route != "directoryObjects/getAvailableExtensionProperties"
}
