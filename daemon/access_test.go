package daemon

import (
	"reflect"
	"testing"
	"time"

	"kezek/config"
	"kezek/ops"
)

// Whatever the config says of access reaches the server.
func TestAccessOfTheConfig(t *testing.T) {
	ends := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	c := &config.Config{Ops: config.Ops{
		Tokens: []config.Token{{Name: "tv", Token: "x", Role: config.Wall, Queues: []string{"sales"}, Ends: ends}},
		SignOn: config.SignOn{
			Lasts: time.Hour, Groups: map[string]*config.GroupRole{"leads": {Role: config.Supervisor, Queues: []string{"sales"}}},
			Proxy: config.ProxySignOn{On: true, User: "U", Groups: "G", Email: "E"},
		},
	}}
	tokens, err := opsTokens(c)
	must(t, err)
	if want := []ops.Token{{Secret: "x", Role: ops.Wall, Name: "tv", Queues: []string{"sales"}, Until: ends}}; !reflect.DeepEqual(tokens, want) {
		t.Errorf("tokens: %+v", tokens)
	}
	signOn, err := opsSignOn(c)
	must(t, err)
	want := ops.SignOn{
		Lasts: time.Hour, Groups: map[string]ops.Grant{"leads": {Role: ops.Supervisor, Queues: []string{"sales"}}}, Proxy: &ops.ProxyHeaders{User: "U", Groups: "G", Email: "E"},
	}
	if !reflect.DeepEqual(signOn, want) {
		t.Errorf("sign-on: %+v", signOn)
	}
	c.Ops.SignOn.Proxy.On = false
	if signOn, _ := opsSignOn(c); signOn.Proxy != nil {
		t.Errorf("headers are believed though that is off: %+v", signOn.Proxy)
	}
	for _, role := range config.Roles { // both know the same
		if _, err := ops.ParseRole(string(role)); err != nil {
			t.Error(err)
		}
	}
	of := config.OIDC{Issuer: "i", ClientID: "c", ClientSecret: "s", Redirect: "r", Scopes: []string{"o"}, NameClaim: "n", GroupsClaim: "g"}
	v := reflect.ValueOf(opsOIDC(of))
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("OIDC: %s is left out", v.Type().Field(i).Name)
		}
	}
}
