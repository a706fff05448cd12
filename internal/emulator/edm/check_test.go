package edm

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var body map[string]any
	if err := decoder.Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestCheckNormalises(t *testing.T) {
	t.Parallel()
	body := decode(t, `{
		"@odata.type": "#microsoft.graph.application", "owners@odata.context": "x", "displayName": "x", "description": null,
		"tokenEncryptionKeyId": "9A5D68DD-52B0-4CC2-BD40-ABCF44AC3A30",
		"api": {"requestedAccessTokenVersion": 2, "knownClientApplications": null},
		"keyCredentials": [{"key": "-_8", "startDateTime": "2026-03-01T01:00:00.123456789+01:00"}]}`)
	got, err := Check("application", body, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"displayName": "x", "description": nil, "tokenEncryptionKeyId": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
		"api":            map[string]any{"requestedAccessTokenVersion": int64(2), "knownClientApplications": nil},
		"keyCredentials": []any{map[string]any{"key": "+/8=", "startDateTime": "2026-03-01T00:00:00.1234567Z"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Error{
		`{"colour": 1}`:                                        {Problem: UnknownProperty, Property: "colour"},
		`{"web": {"colour": 1}}`:                               {Problem: UnknownProperty, Property: "web.colour"},
		`{"appRoles": [{"colour": 1}]}`:                        {Problem: UnknownProperty, Property: "appRoles.colour"},
		`{"appRoles": [{"origin": "x"}]}`:                      {Problem: ReadOnly, Property: "appRoles.origin"},
		`{"appId": null}`:                                      {Problem: ReadOnly, Property: "appId"},
		`{"tags": null}`:                                       {Problem: NullValue, Property: "tags"},
		`{"tags": "x"}`:                                        {Problem: WrongType, Property: "tags"},
		`{"tags": [null]}`:                                     {Problem: WrongType, Property: "tags"},
		`{"tags": [["x"]]}`:                                    {Problem: WrongType, Property: "tags"},
		`{"displayName": 1}`:                                   {Problem: WrongType, Property: "displayName"},
		`{"displayName": {}}`:                                  {Problem: WrongType, Property: "displayName"},
		`{"web": []}`:                                          {Problem: WrongType, Property: "web"},
		`{"isDisabled": "true"}`:                               {Problem: WrongType, Property: "isDisabled"},
		`{"tokenEncryptionKeyId": "x"}`:                        {Problem: WrongType, Property: "tokenEncryptionKeyId"},
		`{"keyCredentials": [{"key": "*"}]}`:                   {Problem: WrongType, Property: "keyCredentials.key"},
		`{"api": {"acceptMappedClaims": 1}}`:                   {Problem: WrongType, Property: "api.acceptMappedClaims"},
		`{"keyCredentials": [{"endDateTime": ""}]}`:            {Problem: WrongType, Property: "keyCredentials.endDateTime"},
		`{"api": {"requestedAccessTokenVersion": 2147483648}}`: {Problem: WrongType, Property: "api.requestedAccessTokenVersion"},
		`{"api": {"requestedAccessTokenVersion": 1.5}}`:        {Problem: WrongType, Property: "api.requestedAccessTokenVersion"},
		`{"nativeAuthenticationApisEnabled": "some"}`:          {Problem: WrongType, Property: "nativeAuthenticationApisEnabled"},
		`{"@odata.type": "#microsoft.graph.user"}`:             {Problem: WrongType, Property: "@odata.type"},
	} {
		_, err := Check("application", decode(t, body), Rules{ReadOnly: []string{"appId", "appRoles.origin"}})
		got, ok := errors.AsType[*Error](err)
		if !ok || got.Problem != want.Problem || got.Property != want.Property {
			t.Errorf("%s: got %+v, want %+v", body, err, want)
		}
	}
}

// TestDynamicIsForOpenTypes passes an undeclared property on only at the top level of an open type.
func TestDynamicIsForOpenTypes(t *testing.T) {
	t.Parallel()
	rules := Rules{Dynamic: func(name string, value any) (any, error) { return name + "!", nil }}
	got, err := Check("application", map[string]any{"extension_x": 1}, rules)
	if err != nil || got["extension_x"] != "extension_x!" {
		t.Errorf("open type: got %v, %v", got, err)
	}
	if _, err := Check("oAuth2PermissionGrant", map[string]any{"extension_x": 1}, rules); err == nil {
		t.Error("closed type: accepted")
	}
	if _, err := Check("application", map[string]any{"web": map[string]any{"extension_x": 1}}, rules); err == nil {
		t.Error("complex type: accepted")
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"P180D": true, "P4DT12H30M5S": true, "PT0.5S": true, "180": false, "": false, "P1W": false} {
		if _, err := Primitive("Duration", "maxLifetime", text); (err == nil) != want {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
