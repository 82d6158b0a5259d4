package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"kezek/lab"
)

// The daemon reaches Asterisk and Redis over TLS with certificates of an own authority, and the
// check says what is missing without it.
func TestServeOverTLS(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	etc := filepath.Join(l.Dir, "asterisk", "etc")
	must(t, lab.Certify(etc, l.Host))
	own := regexp.MustCompile(`astetcdir => (\S+)`).FindStringSubmatch(read(t, filepath.Join(etc, "asterisk.conf")))
	http := filepath.Join(etc, "http.conf")
	must(t, os.WriteFile(http, []byte(read(t, http)+"tlsenable = yes\ntlsbindaddr = "+l.Host+":8089\ntlscertfile = "+own[1]+
		"/cert.pem\ntlsprivatekey = "+own[1]+"/key.pem\n"), 0o600))
	_, err := l.AsteriskCLI(t.Context(), "module reload http")
	must(t, err)
	rdb := redis.NewClient(&redis.Options{Addr: l.RedisAddr})
	defer rdb.Close()
	for _, set := range [][2]string{
		{"tls-auth-clients", "no"}, {"tls-ca-cert-file", etc + "/ca.pem"}, {"tls-key-file", etc + "/key.pem"}, {"tls-cert-file", etc + "/cert.pem"},
	} {
		_ = rdb.ConfigSet(t.Context(), set[0], set[1]).Err() // one without the other is refused, but kept
	}
	must(t, rdb.ConfigSet(t.Context(), "tls-port", "6391").Err())

	config := filepath.Join(l.Dir, "kezek.yaml")
	secure := strings.NewReplacer("http://"+l.Host+":8088", "https://"+l.Host+":8089", "redis://"+l.RedisAddr, "rediss://"+l.Host+":6391").Replace(read(t, config))
	must(t, os.WriteFile(config, []byte(secure), 0o600))
	out, _, _ := kezek(t, "check", "--config", config, "--only", "asterisk,redis")
	for _, fix := range []string{"set asterisk.ca_file to the certificate", "set redis.ca_file to the certificate",
		"ARI at https://" + l.Host + ":8089/ari: the certificate is signed by an authority that this machine does not trust (Kezek's lab)."} {
		if !strings.Contains(out, fix) || strings.Contains(out, "x509") {
			t.Errorf("without ca_file nothing says %q:\n%s", fix, out)
		}
	}
	must(t, os.WriteFile(config, []byte(strings.Replace(secure, "https:", "http:", 1)), 0o600))
	out, _, _ = kezek(t, "check", "--config", config, "--only", "asterisk")
	if !strings.Contains(out, "closed without an answer. Fix: write https:// in asterisk.url") {
		t.Errorf("http at a port with TLS:\n%s", out)
	}
	secure = strings.NewReplacer("app: kezek", "ca_file: "+etc+"/ca.pem, app: kezek", ":6391/0\"", ":6391/0\", ca_file: "+etc+"/ca.pem").Replace(secure)
	must(t, os.WriteFile(config, []byte(secure), 0o600))
	out, _, _ = kezek(t, "check", "--config", config, "--only", "asterisk,redis")
	if strings.Contains(out, "x509") || !strings.Contains(out, "info    asterisk  Asterisk 22.") || !strings.Contains(out, "was never owned") {
		t.Errorf("with ca_file:\n%s", out)
	}
	d := serve(t, config, l.OpsAddr)
	d.wait("STATUS=ready")
	if r := d.readiness(); !r.Ready {
		t.Errorf("readiness %+v", r)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
