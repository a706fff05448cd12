package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// extensionProperty is the definition of a directory extension on the wire.
type extensionProperty struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	DataType      string   `json:"dataType"`
	IsMultiValued bool     `json:"isMultiValued"`
	TargetObjects []string `json:"targetObjects"`
}

func (p extensionProperty) definition(property entra.ExtensionProperty) entra.ExtensionDefinition {
	return entra.ExtensionDefinition{
		ID: p.ID, Targets: p.TargetObjects,
		ExtensionProperty: entra.ExtensionProperty{Name: property.Name, DataType: p.DataType, MultiValued: p.IsMultiValued},
	}
}

// definitionPatience bounds the wait for a definition to become known, after which it is looked at again.
const definitionPatience = time.Minute

// readExtensions reads the values of the properties. Extension values come only by name.
func (t *tenant) readExtensions(ctx context.Context, clientID string, properties []entra.ExtensionProperty) *call {
	selected := []string{"id", "appId", "displayName", "tags"}
	for _, property := range properties {
		selected = append(selected, property.FullName(clientID))
	}
	info, err := t.applicationByClientID(clientID).ToGetRequestInformation(ctx,
		&applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{Select: selected},
		})
	return newCall("read the on-premises settings", entra.ReadApplications, info, err)
}

// listExtensions lists the definitions of an application. The SDK has no builder for what lies below an application by
// its client ID, although Microsoft Graph serves it: with it, one look shows everything.
func (t *tenant) listExtensions(ctx context.Context, clientID string) *call {
	info, err := t.applicationByClientID(clientID).ToGetRequestInformation(ctx, nil)
	c := newCall("list the directory extensions", entra.ReadApplications, info, err)
	c.url += "/extensionProperties"
	return c
}

func (t *tenant) defineExtension(ctx context.Context, change entra.DefineExtension, objectID string) *call {
	info, err := t.application(objectID).ExtensionProperties().ToGetRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.ManageApplications, info, err).sending(http.MethodPost, body{
		"name": change.Property.Name, "dataType": change.Property.DataType, "isMultiValued": change.Property.MultiValued,
		"targetObjects": []string{entra.ExtensionTarget},
	}).waitingBriefly(absencePatience, missing)
}

// writeExtensions writes values, each as a whole. A definition that was made a moment ago is not known everywhere yet.
func (t *tenant) writeExtensions(ctx context.Context, change entra.WriteExtensions, objectID, clientID string) *call {
	b := body{}
	for _, value := range change.Values {
		b[value.Property.FullName(clientID)] = value.Value
	}
	info, err := t.application(objectID).ToGetRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.ManageApplications, info, err).sending(http.MethodPatch, b)
}

func (t *tenant) removeExtension(ctx context.Context, change entra.RemoveExtension, objectID string) *call {
	info, err := t.application(objectID).ExtensionProperties().
		ByExtensionPropertyId(change.Definition.ID).ToDeleteRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.ManageApplications, info, err)
}

// unavailable recognises a directory extension that is not known, or not yet.
func unavailable(a *answer) bool {
	return a.says(http.StatusBadRequest, "extension properties are not available")
}

func missingOrUnavailable(a *answer) bool { return missing(a) || unavailable(a) }

// decodeExtensions reads the application with the values of the properties.
func decodeExtensions(c *call, clientID string) (entra.OnPremRecord, error) {
	app, err := decode[applicationObject](c)
	if err != nil {
		return entra.OnPremRecord{}, err
	}
	all, err := decode[map[string]json.RawMessage](c)
	if err != nil {
		return entra.OnPremRecord{}, err
	}
	properties := map[string]json.RawMessage{}
	for _, property := range entra.OnPremProperties {
		properties[property.Name] = all[property.FullName(clientID)]
	}
	values := entra.DecodeOnPrem(properties)
	return entra.OnPremRecord{
		ObjectID: app.ID, ClientID: app.AppID, DisplayName: app.DisplayName, Tags: app.Tags, Values: &values,
	}, nil
}

// decodeDefinitions finds ours among the definitions of an application.
func decodeDefinitions(pages []*call, clientID string) (map[string]entra.ExtensionDefinition, error) {
	listed, err := decodePages[extensionProperty](pages)
	definitions := map[string]entra.ExtensionDefinition{}
	for _, found := range listed {
		for _, property := range entra.OnPremProperties {
			if strings.EqualFold(found.Name, property.FullName(clientID)) {
				definitions[property.Name] = found.definition(property)
			}
		}
	}
	return definitions, err
}

// decodeDefined reads the answer to a definition that has been made.
func decodeDefined(c *call, property entra.ExtensionProperty) (entra.ExtensionDefinition, error) {
	found, err := decode[extensionProperty](c)
	if err == nil && found.ID == "" {
		err = fmt.Errorf("could not %s: the answer lacks the id", c.operation)
	}
	return found.definition(property), err
}
