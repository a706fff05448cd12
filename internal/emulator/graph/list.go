package graph

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// filterable lists the properties that each kind can be filtered by without advanced query capabilities, with the
// operators besides eq: i for in, s for startswith.
var filterable = map[directory.Kind]map[string]string{
	directory.Application: {"id": "i", "appId": "i", "displayName": "is", "uniqueName": "is", "tags": "s",
		"identifierUris": "s", "signInAudience": "i", "publisherDomain": "is", "createdByAppId": "i"},
	directory.ServicePrincipal: {"id": "i", "appId": "i", "displayName": "is", "tags": "s", "servicePrincipalNames": "s",
		"servicePrincipalType": "i", "appOwnerOrganizationId": "i", "accountEnabled": "", "alternativeNames": "s"},
	directory.User: {"id": "i", "displayName": "is", "userPrincipalName": "is", "mail": "is", "mailNickname": "is",
		"givenName": "is", "surname": "is", "accountEnabled": "", "userType": "i"},
	directory.Group: {"id": "i", "displayName": "is", "mailNickname": "is", "mail": "is", "securityEnabled": "",
		"mailEnabled": "", "uniqueName": "is", "groupTypes": ""},
	directory.AppRoleAssignment: {"resourceId": "", "principalDisplayName": "s"},
	directory.PermissionGrant:   {"clientId": "", "resourceId": "", "consentType": "", "principalId": ""},
	directory.RoleAssignment:    {"principalId": "", "roleDefinitionId": "", "directoryScopeId": "i"},
	directory.DirectoryRole:     {"roleTemplateId": "", "displayName": ""},
	directory.RoleDefinition:    {"id": "i", "displayName": "is", "templateId": "i", "isBuiltIn": ""},
	directory.Domain:            {"id": ""},
	directory.Organization:      {},
	directory.ExtensionProperty: {"name": "s"},
	directory.AppPolicy:         {"displayName": "is"},
	directory.Contract:          {"customerId": "", "defaultDomainName": "", "displayName": ""},
	directory.AdminRelationship: {"status": ""},
}

// list answers with one page of objects of one kind, after filtering.
func (c *call) list(kind directory.Kind, objects []*directory.Object) (reply, error) {
	if err := c.checkSelect(kind); err != nil {
		return reply{}, err
	}
	if c.query.Filter != nil {
		if err := checkFilter(kind, c.query.Filter); err != nil {
			return reply{}, err
		}
		objects = slices.DeleteFunc(slices.Clone(objects), func(o *directory.Object) bool {
			return !c.query.Filter.Match(c.properties(o, false))
		})
	}
	return c.page(entitySets[kind]+c.selectSuffix(), objects, func(o *directory.Object) map[string]any {
		return c.selected(o, false)
	})
}

// mixedList answers with one page of objects of several kinds, each with its type.
func (c *call) mixedList(objects []*directory.Object) (reply, error) {
	if c.query.Filter != nil {
		return reply{}, queryError(odata.ErrUnsupported)
	}
	return c.page("directoryObjects", objects, func(o *directory.Object) map[string]any {
		properties := c.selected(o, false)
		properties["@odata.type"] = "#microsoft.graph." + string(o.Kind)
		return properties
	})
}

func (c *call) page(context string, objects []*directory.Object, show func(*directory.Object) map[string]any) (reply, error) {
	objects = slices.SortedFunc(slices.Values(objects), func(a, b *directory.Object) int { return a.Sequence - b.Sequence })
	body := map[string]any{"@odata.context": c.context(context)}
	if c.asksTheIndex() {
		body["@odata.count"] = len(objects)
	}
	if c.query.SkipToken != "" {
		last, err := readSkipToken(c.query.SkipToken)
		if err != nil {
			return reply{}, err
		}
		objects = slices.DeleteFunc(objects, func(o *directory.Object) bool { return o.Sequence <= last })
	}
	if len(objects) > c.query.Top {
		objects = objects[:c.query.Top]
		next := c.query.Next(newSkipToken(objects[len(objects)-1].Sequence))
		body["@odata.nextLink"] = c.BaseURL + "/v1.0" + c.path + "?" + next
	}
	value := make([]any, 0, len(objects))
	for _, o := range objects {
		value = append(value, show(o))
	}
	body["value"] = value
	return reply{http.StatusOK, body}, nil
}

// A skip token holds the sequence number of the last object served, so that pages stay whole while objects come and go.
func newSkipToken(last int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("page:" + strconv.Itoa(last)))
}

func readSkipToken(token string) (int, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	number, ok := strings.CutPrefix(string(raw), "page:")
	last, numberErr := strconv.Atoi(number)
	if err != nil || !ok || numberErr != nil {
		return 0, &Error{Status: http.StatusBadRequest, Code: "Directory_ExpiredPageToken",
			Message: "The specified page token value has expired and can no longer be included in your request."}
	}
	return last, nil
}

func checkFilter(kind directory.Kind, filter odata.Filter) error {
	t, _ := edm.Lookup(string(kind))
	for _, condition := range filter.Conditions() {
		property, declared := t.Properties[condition.Property]
		if !declared {
			return badQuery("Invalid filter clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.",
				condition.Property, kind)
		}
		operators, ok := filterable[kind][condition.Property]
		if !ok || condition.Operator == odata.In && !strings.Contains(operators, "i") ||
			condition.Operator == odata.StartsWith && !strings.Contains(operators, "s") {
			return unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.",
				condition.Property, resourceName(kind))
		}
		if !condition.FitsType(property) {
			return badQuery("Invalid filter clause: A binary operator with incompatible types was detected. Found operand "+
				"types that do not fit 'Edm.%s' for operator kind 'Equal'.", property.Type)
		}
	}
	return nil
}

func unsupportedQuery(format string, args ...any) *Error {
	e := badRequest(format, args...)
	e.Code = codeUnsupportedQuery
	return e
}

// queryError turns an error of the query options into Graph's refusal.
func queryError(err error) *Error {
	switch {
	case errors.Is(err, odata.ErrPage):
		return unsupportedQuery("Invalid page size specified. Must be between 1 and %d inclusive.", odata.MaxTop)
	case errors.Is(err, odata.ErrUnsupported):
		return unsupportedQuery("Unsupported Query. (%v)", err)
	case errors.Is(err, odata.ErrOption):
		return badQuery("The query is invalid: %v.", err)
	default:
		return badQuery("Invalid filter clause: %v.", err)
	}
}
