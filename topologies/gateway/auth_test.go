package gateway_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"windtunnel/topologies/gateway"
)

// signer is one kind of key.
type signer struct {
	method string
	key    any
	config gateway.JWT
}

func signers(t *testing.T) []signer {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := func(method string, key crypto.Signer) signer {
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		return signer{method, key, gateway.JWT{Methods: []string{method}, PublicKey: text}}
	}
	return []signer{
		{"HS256", []byte("a secret of some length that is"), gateway.JWT{Methods: []string{"HS256"}, Secret: "a secret of some length that is"}},
		of("RS256", r), of("ES256", e), of("EdDSA", d),
	}
}

func (s signer) sign(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.GetSigningMethod(s.method), claims).SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func claims(change jwt.MapClaims) jwt.MapClaims {
	all := jwt.MapClaims{"sub": "alice", "iss": "https://id.example", "aud": "shop", "exp": epoch.Add(time.Hour).Unix()}
	for k, v := range change {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	return all
}

func TestTokens(t *testing.T) {
	all := signers(t)
	for i, s := range all {
		config := s.config
		config.Issuer, config.Audience, config.Leeway = "https://id.example", "shop", 5*time.Second
		g, err := gateway.New(gateway.Config{Routes: []gateway.Route{{Path: "/x", To: "a.b"}, {Path: "/bob", To: "a.b", Allow: []string{"bob"}}},
			Auth: &gateway.Auth{JWT: &config}})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(path, authorization string) gateway.Verdict {
			r := &gateway.Request{Method: "GET", Path: path, Fields: []gateway.Field{{Name: "authorization", Value: authorization}}}
			return g.Decide(g.Table(), epoch, r)
		}
		good := s.sign(t, claims(nil))
		head, body, _ := strings.Cut(good, ".")
		body, signature, _ := strings.Cut(body, ".")
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims(nil)).SignedString(jwt.UnsafeAllowNoneSignatureType)
		if err != nil {
			t.Fatal(err)
		}
		other := signers(t)[i] // of the same method, with another key
		other.key = otherKey(t, other)
		encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
		for name, c := range map[string]struct {
			path, authorization string
			status              int
		}{
			"good":                     {"/x", "Bearer " + good, 0},
			"a small bearer":           {"/x", "bearer " + good, 0},
			"not allowed":              {"/bob", "Bearer " + good, 403},
			"allowed":                  {"/bob", "Bearer " + s.sign(t, claims(jwt.MapClaims{"sub": "bob"})), 0},
			"nothing":                  {"/x", "", 401},
			"another scheme":           {"/x", "Basic YTpi", 401},
			"no token":                 {"/x", "Bearer ", 401},
			"garbage":                  {"/x", "Bearer a.b.c", 401},
			"two parts":                {"/x", "Bearer " + head + "." + body, 401},
			"no signature":             {"/x", "Bearer " + head + "." + body + ".", 401},
			"the wrong key":            {"/x", "Bearer " + other.sign(t, claims(nil)), 401},
			"another body":             {"/x", "Bearer " + head + "." + encode(`{"sub":"root","exp":9999999999}`) + "." + signature, 401},
			"alg none":                 {"/x", "Bearer " + none, 401},
			"alg None":                 {"/x", "Bearer " + encode(`{"alg":"None"}`) + "." + body + ".", 401},
			"alg none with signature":  {"/x", "Bearer " + encode(`{"alg":"none"}`) + "." + body + "." + signature, 401},
			"an unknown method":        {"/x", "Bearer " + encode(`{"alg":"XX1"}`) + "." + body + "." + signature, 401},
			"expired":                  {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"exp": epoch.Add(-6 * time.Second).Unix()})), 401},
			"expired within leeway":    {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"exp": epoch.Add(-4 * time.Second).Unix()})), 0},
			"without expiry":           {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"exp": nil})), 401},
			"not yet":                  {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"nbf": epoch.Add(time.Minute).Unix()})), 401},
			"another issuer":           {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"iss": "https://evil.example"})), 401},
			"another audience":         {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"aud": "bank"})), 401},
			"the audience among other": {"/x", "Bearer " + s.sign(t, claims(jwt.MapClaims{"aud": []string{"bank", "shop"}})), 0},
		} {
			v := ask(c.path, c.authorization)
			if v.Status != c.status {
				t.Errorf("%s, %s: answered %d, want %d", s.method, name, v.Status, c.status)
			}
			if v.Status == 401 && (len(v.Fields) == 0 || !strings.HasPrefix(v.Fields[0].Value, "Bearer")) {
				t.Errorf("%s, %s: no challenge: %v", s.method, name, v.Fields)
			}
		}
		// A public key taken for a shared secret: the classic confusion.
		if config.PublicKey != "" {
			confused, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims(nil)).SignedString([]byte(config.PublicKey))
			if err != nil {
				t.Fatal(err)
			}
			if v := ask("/x", "Bearer "+confused); v.Status != 401 {
				t.Errorf("%s: a token signed with the public key was answered %d", s.method, v.Status)
			}
		}
	}
}

// otherKey is a fresh key of the same kind.
func otherKey(t *testing.T, s signer) any {
	t.Helper()
	if s.method == "HS256" {
		return []byte("another secret")
	}
	return s.key // signers makes new ones each time
}

func TestBadAuthIsRefused(t *testing.T) {
	rs := signers(t)[1].config.PublicKey
	for name, c := range map[string]struct {
		jwt gateway.JWT
		ok  bool
	}{
		"good":                  {gateway.JWT{Methods: []string{"HS256"}, Secret: "s"}, true},
		"both kinds of methods": {gateway.JWT{Methods: []string{"HS256", "RS256"}, Secret: "s", PublicKey: rs}, false},
		"no secret":             {gateway.JWT{Methods: []string{"HS256"}}, false},
		"no key":                {gateway.JWT{Methods: []string{"RS256"}}, false},
		"a secret for RS":       {gateway.JWT{Methods: []string{"RS256"}, Secret: "s", PublicKey: rs}, false},
		"a key that is none":    {gateway.JWT{Methods: []string{"RS256"}, PublicKey: "PEM"}, false},
		"another kind of key":   {gateway.JWT{Methods: []string{"ES256"}, PublicKey: rs}, false},
		"a key to be filled in": {gateway.JWT{Methods: []string{"RS256"}, PublicKey: "${KEY}"}, true},
	} {
		problems := 0
		c.jwt.Vet(func(string, string) { problems++ })
		if (problems == 0) != c.ok {
			t.Errorf("%s: %d problems", name, problems)
		}
	}
	if _, err := gateway.New(gateway.Config{Auth: &gateway.Auth{JWT: &gateway.JWT{Methods: []string{"none"}}}}); err == nil {
		t.Error("a gateway that takes unsigned tokens was made")
	}
}
