// Package catalogue holds the permissions that Microsoft's own APIs publish: their names and the ids that never
// change once published. It lets configuration be checked without a tenant and spares the provider the download of
// Microsoft Graph's service principal, which is half a megabyte.
package catalogue

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The application ids of Microsoft's APIs are the same in every tenant of every cloud.
const (
	MicrosoftGraph     = "00000003-0000-0000-c000-000000000000"
	ExchangeOnline     = "00000002-0000-0ff1-ce00-000000000000"
	SharePointOnline   = "00000003-0000-0ff1-ce00-000000000000"
	SecurityCompliance = "00000007-0000-0ff1-ce00-000000000000"
)

// Kind tells how a permission is exercised.
type Kind string

// Application permissions are app roles, exercised without a user. Delegated permissions are OAuth 2.0 scopes,
// exercised on behalf of one.
const (
	Application Kind = "application"
	Delegated   Kind = "delegated"
)

// Other returns the kind that k is not.
func (k Kind) Other() Kind {
	if k == Application {
		return Delegated
	}
	return Application
}

// Standing tells how far an entry can be relied on.
type Standing string

const (
	// Published entries stand in Microsoft's permissions reference.
	Published Standing = "published"
	// Preview entries are public but new: not every tenant's service principal has them yet.
	Preview Standing = "preview"
	// Unconfirmed entries have a certain name and an uncertain id, which must be looked up in the tenant.
	Unconfirmed Standing = "unconfirmed"
)

// Entry is one permission of one API.
type Entry struct {
	API      string // application id of the API
	Kind     Kind
	Standing Standing
	ID       string // GUID, lower case
	Name     string // for example User.Read.All
}

// apiNames are the APIs that the catalogue knows, with the display names Microsoft gives their service principals.
var apiNames = []struct{ id, name string }{
	{MicrosoftGraph, "Microsoft Graph"},
	{ExchangeOnline, "Office 365 Exchange Online"},
	{SharePointOnline, "Office 365 SharePoint Online"},
	{SecurityCompliance, "Security & Compliance PowerShell"},
}

// APIName returns the display name of the API with the application id, and "" for one that the catalogue lacks.
func APIName(id string) string {
	for _, api := range apiNames {
		if strings.EqualFold(api.id, id) {
			return api.name
		}
	}
	return ""
}

// APIByName returns the application id of the API with the display name, ignoring case, and "" for an unknown one.
func APIByName(name string) string {
	for _, api := range apiNames {
		if strings.EqualFold(api.name, name) {
			return api.id
		}
	}
	return ""
}

// APINames lists the display names that APIByName knows.
func APINames() []string {
	names := make([]string, 0, len(apiNames))
	for _, api := range apiNames {
		names = append(names, api.name)
	}
	return names
}

//go:embed permissions.txt
var permissions string

type index struct {
	all    []Entry
	byName map[string]Entry
	byID   map[string]Entry
}

func key(api string, kind Kind, value string) string {
	return strings.ToLower(api + " " + string(kind) + " " + value)
}

var load = sync.OnceValue(func() index {
	idx := index{byName: map[string]Entry{}, byID: map[string]Entry{}}
	var section Entry
	for line := range strings.Lines(permissions) {
		line = strings.TrimSuffix(line, "\n")
		if header, ok := strings.CutPrefix(line, "# "); ok {
			fields := strings.Fields(header)
			section = Entry{API: fields[0], Kind: Kind(fields[1]), Standing: Standing(fields[2])}
			continue
		}
		id, name, ok := strings.Cut(line, " ")
		if !ok {
			panic(fmt.Sprintf("catalogue: malformed line %q", line))
		}
		entry := section
		entry.ID, entry.Name = id, name
		idx.all = append(idx.all, entry)
		idx.byName[key(entry.API, entry.Kind, name)] = entry
		idx.byID[key(entry.API, entry.Kind, id)] = entry
	}
	return idx
})

// ByName finds a permission by the application id of its API and its name, ignoring case.
func ByName(api string, kind Kind, name string) (Entry, bool) {
	entry, ok := load().byName[key(api, kind, name)]
	return entry, ok
}

// ByID finds a permission by the application id of its API and its own id.
func ByID(api string, kind Kind, id string) (Entry, bool) {
	entry, ok := load().byID[key(api, kind, id)]
	return entry, ok
}

// All lists the permissions of one API and kind, in alphabetical order of their names within a standing.
func All(api string, kind Kind) []Entry {
	var entries []Entry
	for _, entry := range load().all {
		if strings.EqualFold(entry.API, api) && entry.Kind == kind {
			entries = append(entries, entry)
		}
	}
	return slices.Clip(entries)
}
