package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/lab"
)

// A file of own authorities that is missing or bad is an error with field and file.
func TestOwnAuthorities(t *testing.T) {
	certificates := t.TempDir()
	if err := lab.Certify(certificates, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(certificates, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	ca, key := read("ca.pem"), read("key.pem")
	broken := strings.Replace(ca, "MII", "AAA", 1)
	const secure = "asterisk: {url: \"https://pbx:8089/ari\", password: x, ca_file: own.pem}\nredis: {url: \"rediss://db:6379/0\", ca_file: own.pem}\n"
	const plain = "asterisk: {password: x}\nredis: {ca_file: own.pem}\n"
	for name, c := range map[string]struct{ text, pem, err, warning string }{
		"good":         {secure, ca, "", ""},
		"two":          {secure, ca + ca, "", ""},
		"no such file": {secure, "", "asterisk.ca_file: ", ""},
		"no PEM":       {secure, "-----", "redis.ca_file: DIR/own.pem contains no certificate: want PEM, which starts with -----BEGIN CERTIFICATE-----", ""},
		"a key":        {secure, ca + key, "asterisk.ca_file: DIR/own.pem: part 2 is not a certificate but a private key", ""},
		"broken":       {secure, broken, "redis.ca_file: DIR/own.pem: certificate 1 is damaged: copy the whole file again", ""},
		"without TLS":  {plain, ca, "", "redis.ca_file: is not used: redis.url does not start with rediss://"},
	} {
		t.Run(name, func(t *testing.T) {
			files := []string{"kezek.yaml", small + c.text}
			if c.pem != "" {
				files = append([]string{"own.pem", c.pem}, files...)
			}
			path := write(t, 0o600, files...)
			conf, err := Load(path)
			want := strings.ReplaceAll(c.err, "DIR", filepath.Dir(path))
			switch {
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%v, want %s", err, want)
			case want == "" && err != nil:
				t.Error(err)
			case want == "" && (conf.Redis.CAs == nil || !strings.Contains(strings.Join(conf.Warnings, "\n"), c.warning)):
				t.Errorf("authorities %v, warnings %q", conf.Redis.CAs, conf.Warnings)
			}
			if err == nil && c.warning == "" && conf.Asterisk.CAs == nil {
				t.Error("Asterisk has none")
			}
		})
	}
}
