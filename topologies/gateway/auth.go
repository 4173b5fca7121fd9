package gateway

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// keyring knows the clients. It never changes.
type keyring struct {
	header  string              // of API keys; "": there are none
	clients map[[32]byte]string // by the digest of the key: how long a look-up takes tells nothing of the keys
	jwt     *JWT                // nil: no tokens
	parser  *jwt.Parser
	key     any
}

func newKeyring(a *Auth) (*keyring, error) {
	if a == nil {
		return nil, nil
	}
	k := &keyring{clients: map[[32]byte]string{}, jwt: a.JWT}
	if a.APIKeys != nil {
		k.header = a.APIKeys.Header
		for client, key := range a.APIKeys.Keys {
			k.clients[sha256.Sum256([]byte(key))] = client
		}
	}
	if a.JWT == nil {
		return k, nil
	}
	for _, m := range a.JWT.Methods {
		if jwt.GetSigningMethod(m) == nil || m == "none" {
			return nil, fmt.Errorf("make auth: no signing method %q", m)
		}
	}
	// The claims are looked at apart, as their time is an argument.
	k.parser = jwt.NewParser(jwt.WithValidMethods(a.JWT.Methods), jwt.WithoutClaimsValidation())
	key, err := verificationKey(a.JWT)
	if err != nil {
		return nil, fmt.Errorf("make auth: %w", err)
	}
	k.key = key
	return k, nil
}

func verificationKey(j *JWT) (any, error) {
	if j.Secret != "" {
		return []byte(j.Secret), nil
	}
	return publicKey(j)
}

// publicKey reads the PEM of a key that fits every method.
func publicKey(j *JWT) (crypto.PublicKey, error) {
	pem := []byte(j.PublicKey)
	var key crypto.PublicKey
	for _, m := range j.Methods {
		var err error
		switch m[0] {
		case 'R', 'P':
			key, err = jwt.ParseRSAPublicKeyFromPEM(pem)
		case 'E':
			if m == "EdDSA" {
				key, err = jwt.ParseEdPublicKeyFromPEM(pem)
			} else {
				key, err = jwt.ParseECPublicKeyFromPEM(pem)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("it is no public key in PEM for %s: %w", m, err)
		}
	}
	return key, nil
}

// errUnknown says that a request names no client.
var errUnknown = errors.New("no credentials")

// client says who a request is from. The time is that of the wall clock, which
// tokens speak of.
func (k *keyring) client(wall time.Time, r *Request) (string, error) {
	if k.header != "" {
		if key := r.Header(k.header); key != "" {
			client, known := k.clients[sha256.Sum256([]byte(key))]
			if !known {
				return "", errors.New("no such key")
			}
			return client, nil
		}
	}
	if k.jwt == nil {
		return "", errUnknown
	}
	scheme, token, _ := strings.Cut(r.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errUnknown
	}
	return k.subject(wall, strings.TrimSpace(token))
}

// subject verifies a token and returns whom it is about.
func (k *keyring) subject(wall time.Time, text string) (string, error) {
	var claims jwt.RegisteredClaims
	if _, err := k.parser.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return k.key, nil }); err != nil {
		return "", err
	}
	options := []jwt.ParserOption{
		jwt.WithTimeFunc(func() time.Time { return wall }), jwt.WithLeeway(k.jwt.Leeway), jwt.WithExpirationRequired(),
	}
	if k.jwt.Issuer != "" {
		options = append(options, jwt.WithIssuer(k.jwt.Issuer))
	}
	if k.jwt.Audience != "" {
		options = append(options, jwt.WithAudience(k.jwt.Audience))
	}
	if err := jwt.NewValidator(options...).Validate(&claims); err != nil {
		return "", err
	}
	return claims.Subject, nil
}

// challenge is the WWW-Authenticate of a 401 (RFC 6750, 3). What is wrong with a
// token is told to its bearer in general terms only.
func (k *keyring) challenge(why error) string {
	if k.jwt == nil {
		return "ApiKey"
	}
	switch {
	case errors.Is(why, errUnknown):
		return "Bearer"
	case errors.Is(why, jwt.ErrTokenExpired):
		return `Bearer error="invalid_token", error_description="the token has expired"`
	}
	return `Bearer error="invalid_token"`
}

// Clients lists the clients that have a key, sorted.
func (k *APIKeys) Clients() []string { return slices.Sorted(maps.Keys(k.Keys)) }

// Foresee says what a request will be answered for who it is from: 401, 403, or
// 0 where it passes, or where only the run can tell, as with a token or with a key
// that is not known yet.
func (a *Auth) Foresee(route *Route, r *Request) int {
	scheme, _, _ := strings.Cut(r.Header("Authorization"), " ")
	if route.Open || a.JWT != nil && strings.EqualFold(scheme, "Bearer") {
		return 0
	}
	if a.APIKeys == nil || r.Header(a.APIKeys.Header) == "" {
		return 401
	}
	key, open := r.Header(a.APIKeys.Header), false
	for client, known := range a.APIKeys.Keys {
		switch {
		case known != key:
			open = open || strings.Contains(known+key, "${")
		case len(route.Allow) > 0 && !slices.Contains(route.Allow, client):
			return 403
		default:
			return 0
		}
	}
	if open {
		return 0
	}
	return 401
}
