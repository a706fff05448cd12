package emulator_test

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the protocol names certificates by their SHA-1 thumbprint
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// directoryAudience is the audience of a proof of possession: Azure AD Graph, whose id outlived it.
const directoryAudience = "00000002-0000-0000-c000-000000000000"

// thumbprint is the SHA-1 thumbprint as Graph writes binary values.
func thumbprint(certificate *x509.Certificate) string {
	sum := sha1.Sum(certificate.Raw) //nolint:gosec // see above
	return base64.StdEncoding.EncodeToString(sum[:])
}

func decoded(t *testing.T, text any) string {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(str(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// proof signs a statement that the caller holds the private key of a certificate on the application.
func proof(t *testing.T, key *rsa.PrivateKey, certificate *x509.Certificate, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	sum := sha1.Sum(certificate.Raw) //nolint:gosec // see above
	token.Header["x5t"] = base64.RawURLEncoding.EncodeToString(sum[:])
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func proofClaims(applicationID string, from time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"aud": directoryAudience, "iss": applicationID, "nbf": from.Unix(), "exp": from.Add(10 * time.Minute).Unix(),
	}
}

func TestApplicationRollsItsOwnKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := newCertificate(t, firstKey(), 90*day), newCertificate(t, secondKey(), 90*day)
	self := w.caller(t, "rolling")
	id := self.identity.ApplicationObjectID
	w.patch(t, "/applications/"+id, object{"keyCredentials": list{keyCredential(first, "first")}}).want(t, http.StatusNoContent)

	entry := models.NewKeyCredential()
	entry.SetTypeEscaped(ptr("AsymmetricX509Cert"))
	entry.SetUsage(ptr("Verify"))
	entry.SetKey(second.Raw)
	body := applications.NewItemAddKeyPostRequestBody()
	body.SetKeyCredential(entry)
	body.SetProof(ptr(proof(t, firstKey(), first, proofClaims(id, time.Now()))))
	added, err := self.applications().ByApplicationId(id).AddKey().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatalf("adding a key without any permission: %v", refusalOrSelf(err))
	}
	held := objects(w.get(t, "/applications/"+id).want(t, http.StatusOK).body["keyCredentials"])
	if len(held) != 2 {
		t.Fatalf("%d keys, want 2", len(held))
	}

	remove := object{"keyId": added.GetKeyId().String(), "proof": proof(t, secondKey(), second, proofClaims(id, time.Now()))}
	self.post(t, "/applications/"+id+"/removeKey", remove).want(t, http.StatusNoContent)
	if held = objects(w.get(t, "/applications/"+id).want(t, http.StatusOK).body["keyCredentials"]); len(held) != 1 {
		t.Errorf("%d keys are left, want 1", len(held))
	}
}

func TestProofRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := newCertificate(t, firstKey(), 90*day), newCertificate(t, secondKey(), 90*day)
	id, _ := w.newApplication(t, "Proofs")
	w.patch(t, "/applications/"+id, object{"keyCredentials": list{with(keyCredential(first, "first"), "keyId", absent)}}).want(t, http.StatusNoContent)
	bare, _ := w.newApplication(t, "Without certificate")

	now := time.Now()
	claims := func(name string, changed any) jwt.MapClaims {
		all := proofClaims(id, now)
		all[name] = changed
		return all
	}
	addKey := func(to string, proof any) func(t *testing.T) error {
		return once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+to+"/addKey", object{
				"keyCredential": keyCredential(second, "second"), "passwordCredential": nil, "proof": proof,
			})
		})
	}
	const proofRefused = "Authentication_MissingOrMalformed"
	check(t, []refused{
		{"facts5/addKey without proof", addKey(id, nil), 401, proofRefused, ""},
		{"facts5/addKey with garbage", addKey(id, "not.a.proof"), 401, proofRefused, ""},
		{"facts5/addKey with an unregistered key", addKey(id, proof(t, secondKey(), second, proofClaims(id, now))), 401, proofRefused, ""},
		{"facts5/addKey with a forged signature", addKey(id, proof(t, secondKey(), first, proofClaims(id, now))), 401, proofRefused, ""},
		{"facts5/addKey for another audience", addKey(id, proof(t, firstKey(), first, claims("aud", microsoftGraphAppID))), 401, proofRefused, ""},
		{"facts5/addKey by another issuer", addKey(id, proof(t, firstKey(), first, claims("iss", absent))), 401, proofRefused, ""},
		{"facts5/addKey with an expired proof", addKey(id, proof(t, firstKey(), first, proofClaims(id, now.Add(-time.Hour)))), 401, proofRefused, ""},
		{"facts5/addKey with a proof for later", addKey(id, proof(t, firstKey(), first, proofClaims(id, now.Add(time.Hour)))), 401, proofRefused, ""},
		{"facts5/addKey with a proof for too long", addKey(id, proof(t, firstKey(), first, claims("exp", now.Add(time.Hour).Unix()))), 401, proofRefused, ""},
		{"facts5/addKey for the first certificate", addKey(bare, proof(t, firstKey(), first, proofClaims(bare, now))), 401, proofRefused, ""},
		{"facts5/removeKey of an unknown keyId", once(func(t *testing.T) answer {
			valid := proof(t, firstKey(), first, proofClaims(id, now))
			return w.post(t, "/applications/"+id+"/removeKey", object{"keyId": uuid.NewString(), "proof": valid})
		}), 400, requestBadRequest, ""},
		{"facts5/removeKey without proof", once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+id+"/removeKey", object{"keyId": absent})
		}), 401, proofRefused, ""},
		{"facts5/removeKey with a forged signature", once(func(t *testing.T) answer {
			forged := proof(t, secondKey(), first, proofClaims(id, now))
			return w.post(t, "/applications/"+id+"/removeKey", object{"keyId": absent, "proof": forged})
		}), 401, proofRefused, ""},
	})
}
