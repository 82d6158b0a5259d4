package ops

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.uber.org/zap"
	"golang.org/x/oauth2"
)

// OIDC is an OpenID Connect provider at which people sign on.
type OIDC struct {
	// Issuer is its address, as it names itself.
	Issuer string
	// ClientID and ClientSecret are ours there.
	ClientID, ClientSecret string
	// Redirect is where it sends people back to: https://HOST/auth/callback.
	Redirect string
	// Scopes are asked for beside openid.
	Scopes []string
	// NameClaim and GroupsClaim of the ID token are the name for records and the groups.
	NameClaim, GroupsClaim string
}

const (
	// signOnWithin is how long somebody may take at the provider.
	signOnWithin = 10 * time.Minute
	// askProvider bounds what we ask it: less than the time that an answer may take.
	askProvider = 8 * time.Second
	flowCookie  = "kezek-sign-on"
)

// oidcClient signs people on at a provider. It finds the provider when it is needed first.
type oidcClient struct {
	OIDC
	seal cipher.AEAD

	provider atomic.Pointer[oidc.Provider]
}

func newOIDCClient(o OIDC) *oidcClient {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length above is right
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // as AES has its block size
	}
	return &oidcClient{OIDC: o, seal: seal}
}

// flow is a sign-on that is under way. The browser keeps it, sealed, so that whoever begins many costs nothing.
type flow struct {
	State, Nonce, Verifier string
	Until                  time.Time
}

func (c *oidcClient) secure() bool { return strings.HasPrefix(c.Redirect, "https:") }

// at is the provider, and how we speak with it.
func (c *oidcClient) at(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	provider := c.provider.Load()
	if provider == nil {
		var err error
		if provider, err = oidc.NewProvider(ctx, c.Issuer); err != nil {
			return nil, nil, err
		}
		c.provider.Store(provider)
	}
	return provider, &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: c.Redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, c.Scopes...),
	}, nil
}

// login sends a browser to the provider.
func (s *Server) login(w http.ResponseWriter, r *http.Request, _ who) {
	if s.oidc == nil {
		problem(w, http.StatusNotImplemented, "nobody signs on here by OIDC: ops.sign_on.oidc.issuer is empty")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askProvider)
	defer cancel()
	_, at, err := s.oidc.at(ctx)
	if err != nil {
		s.log.Warn("the OIDC provider cannot be reached", zap.String("issuer", s.oidc.Issuer), zap.Error(err))
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusServiceUnavailable, "the OIDC provider does not answer properly; see the daemon's log")
		return
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: s.now().Add(signOnWithin)}
	text, _ := json.Marshal(f) // has nothing that could fail
	sealed := base64.RawURLEncoding.EncodeToString(s.oidc.seal.Seal(nil, nil, text, nil))
	// Lax: the provider's redirect must bring it.
	http.SetCookie(w, cookie(flowCookie, sealed, s.oidc.secure(), signOnWithin, http.SameSiteLaxMode))
	http.Redirect(w, r, at.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), http.StatusFound)
}

// signedOn takes somebody whom the provider sends back, and begins their session.
func (s *Server) signedOn(w http.ResponseWriter, r *http.Request, _ who) {
	if s.oidc == nil {
		problem(w, http.StatusNotImplemented, "nobody signs on here by OIDC: ops.sign_on.oidc.issuer is empty")
		return
	}
	f, ok := s.oidc.flowOf(r, s.now())
	http.SetCookie(w, cookie(flowCookie, "", s.oidc.secure(), 0, http.SameSiteLaxMode))
	query := r.URL.Query()
	switch {
	case !ok || subtle.ConstantTimeCompare([]byte(f.State), []byte(query.Get("state"))) != 1:
		problem(w, http.StatusForbidden, "this sign-on did not begin in this browser, or took too long: begin again at /auth/login")
		return
	case query.Has("error"):
		problem(w, http.StatusForbidden, fmt.Sprintf("the provider refuses: %.200q %.200q", query.Get("error"), query.Get("error_description")))
		return
	case query.Get("code") == "":
		problem(w, http.StatusUnprocessableEntity, "code: missing")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askProvider)
	defer cancel()
	p, err := s.oidc.person(ctx, f, query.Get("code"))
	if err != nil {
		s.log.Warn("a sign-on by OIDC failed", zap.Stringer("from", s.origin(r)), zap.Error(err))
		problem(w, http.StatusForbidden, "the provider's answer does not hold: see the daemon's log, and begin again at /auth/login")
		return
	}
	if s.signOn.Load().rights(p.groups).best() == anyone {
		s.log.Warn("signed on by OIDC without a role", zap.String("name", p.name), zap.Strings("groups", p.groups))
		problem(w, http.StatusForbidden, fmt.Sprintf("%q is in no group that has a role here (%s): see ops.sign_on.groups", p.name, strings.Join(p.groups, ", ")))
		return
	}
	opened, secret := s.sessions.open(p, s.origin(r), s.now(), s.signOn.Load().Lasts)
	s.log.Info("signed on", zap.String("name", p.name), zap.String("how", p.how), zap.Strings("groups", p.groups), zap.Stringer("from", opened.from))
	http.SetCookie(w, cookie(sessionCookie, secret, s.oidc.secure(), s.signOn.Load().Lasts, http.SameSiteStrictMode))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// flowOf is the sign-on that a browser has begun.
func (c *oidcClient) flowOf(r *http.Request, now time.Time) (f flow, ok bool) {
	kept, err := r.Cookie(cookie(flowCookie, "x", c.secure(), 0, 0).Name)
	if err != nil {
		return f, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(kept.Value)
	if err != nil {
		return f, false
	}
	text, err := c.seal.Open(nil, nil, sealed, nil)
	if err != nil || json.Unmarshal(text, &f) != nil {
		return f, false
	}
	return f, now.Before(f.Until)
}

// person is who has signed on: the provider's word for a code, looked at with all that it has to hold.
func (c *oidcClient) person(ctx context.Context, f flow, code string) (person, error) {
	provider, at, err := c.at(ctx)
	if err != nil {
		return person{}, err
	}
	token, err := at.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return person{}, err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: c.ClientID}).Verify(ctx, raw)
	if err != nil {
		return person{}, err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return person{}, errors.New("the nonce of the ID token is not that of this sign-on")
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return person{}, err
	}
	p := person{subject: id.Subject, name: id.Subject, how: byOIDC}
	if name, _ := claims[c.NameClaim].(string); isName(name) {
		p.name = name
	}
	if !isName(p.name) {
		return person{}, fmt.Errorf("the ID token has no name that can be recorded: %.80q", p.name)
	}
	switch groups := claims[c.GroupsClaim].(type) {
	case string:
		p.groups = []string{groups}
	case []any:
		for _, g := range groups {
			if text, ok := g.(string); ok && len(p.groups) < mostGroups {
				p.groups = append(p.groups, text)
			}
		}
	}
	return p, nil
}
