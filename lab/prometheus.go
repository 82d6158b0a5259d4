package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// monitors are the packages of Debian with Prometheus, Alertmanager and their tools, and the programs in them. They are unpacked, not
// installed: the packages would start both as services of this machine.
var (
	monitors = []string{"prometheus", "prometheus-alertmanager"}
	tools    = []string{"prometheus", "promtool", "prometheus-alertmanager", "amtool"}
)

// Tool is the path of a program of Prometheus's: that of this machine, or the one that the set-up has unpacked.
func Tool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s: %w", name, errNotInstalled)
	}
	return path, nil
}

// hasTools tells whether nothing is left to unpack.
func hasTools() bool {
	for _, name := range tools {
		if _, err := Tool(name); err != nil {
			return false
		}
	}
	return true
}

// unpackTools gets Debian's packages and takes the programs out of them.
func unpackTools(bin string) step {
	return step{"unpacking Prometheus and Alertmanager", "30 MB", func(ctx context.Context, out io.Writer) error {
		dir, err := os.MkdirTemp("", "kezek-prometheus")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		run := func(program string, args ...string) error {
			cmd := exec.CommandContext(ctx, program, args...)
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
			return cmd.Run()
		}
		download := append([]string{"download"}, monitors...)
		if run("apt-get", download...) != nil {
			lists := apt(ctx, out, "apt-get", "update")
			if err := run("apt-get", download...); err != nil {
				return errors.Join(lists, err)
			}
		}
		packages, err := filepath.Glob(filepath.Join(dir, "*.deb"))
		if err != nil {
			return err
		}
		for _, file := range packages {
			if err := run("dpkg-deb", "--extract", file, dir); err != nil {
				return err
			}
		}
		// Alertmanager of Debian reads its templates from there, see [alertmanager].
		if err := run("cp", "-RT", filepath.Join(dir, "usr/share"), filepath.Join(bin, "..", shareName)); err != nil {
			return err
		}
		for _, name := range tools {
			partial := filepath.Join(bin, name+".partial")
			if err := run("cp", filepath.Join(dir, "usr/bin", name), partial); err != nil {
				return err
			}
			if err := os.Rename(partial, filepath.Join(bin, name)); err != nil {
				return err
			}
		}
		return nil
	}}
}

// shareName is the folder in the cache with what Debian's packages have in /usr/share.
const shareName = "prometheus-share"

// alertmanager is the command for it. The program of Debian has a fixed path to its templates: one that is only unpacked sees
// those of the package in place of /usr/share.
func alertmanager(path string, args []string) (*exec.Cmd, error) {
	if _, err := os.Stat("/usr/share/prometheus/alertmanager"); err == nil {
		return exec.Command(path, args...), nil
	}
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	share := filepath.Join(cache, shareName)
	cmd := exec.Command("/bin/sh", append([]string{"-c", `mount --bind "$0" /usr/share && exec "$@"`, share, path}, args...)...)
	cmd.SysProcAttr = ownMounts()
	return cmd, nil
}

// Prometheus is one of a lab's own, with its Alertmanager.
type Prometheus struct {
	url     string
	running []*process
}

// StartPrometheus starts both on the files in a folder, as kezek monitoring writes them, with their data in it, at
// addresses of the lab. It returns when they are ready.
func (l *Lab) StartPrometheus(ctx context.Context, dir string) (*Prometheus, error) {
	host, _, err := net.SplitHostPort(l.OpsAddr)
	if err != nil {
		return nil, err
	}
	p := &Prometheus{url: "http://" + host + ":9090"}
	for _, program := range []struct {
		name, ready string
		args        []string
	}{
		{"prometheus-alertmanager", "http://" + host + ":9093/-/ready", []string{
			"--config.file=alertmanager.yaml", "--storage.path=alerts", "--web.listen-address=" + host + ":9093", "--cluster.listen-address=",
		}},
		{"prometheus", p.url + "/-/ready", []string{
			"--config.file=prometheus.yaml", "--storage.tsdb.path=data", "--web.listen-address=" + host + ":9090",
		}},
	} {
		path, err := Tool(program.name)
		if err != nil {
			p.Stop()
			return nil, err
		}
		cmd := exec.Command(path, program.args...)
		if program.name == "prometheus-alertmanager" {
			if cmd, err = alertmanager(path, program.args); err != nil {
				p.Stop()
				return nil, err
			}
		}
		cmd.Dir = dir
		log := filepath.Join(dir, program.name+".log")
		running, err := start(cmd, log, filepath.Join(dir, program.name+".pid"))
		if err == nil {
			p.running = append(p.running, running)
			err = poll(ctx, running, program.name, func() error { return getJSON(ctx, program.ready, nil) })
		}
		if err != nil {
			p.Stop()
			text, _ := os.ReadFile(log)
			return nil, fmt.Errorf("%w\n%s", err, text)
		}
	}
	return p, nil
}

// Stop ends both.
func (p *Prometheus) Stop() {
	for _, running := range p.running {
		running.stop(grace)
	}
	p.running = nil
}

// Alert is one that is pending or fires.
type Alert struct {
	Labels, Annotations map[string]string
	State               string
}

// Alerts are those that Prometheus has now.
func (p *Prometheus) Alerts(ctx context.Context) ([]Alert, error) {
	var answer struct{ Data struct{ Alerts []Alert } }
	err := getJSON(ctx, p.url+"/api/v1/alerts", &answer)
	return answer.Data.Alerts, err
}

// getJSON reads what an address answers, as JSON into a value unless that is nil.
func getJSON(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// Sees reports an error until Prometheus has read the metrics of all that it is to watch. What was counted before that it does not
// take for an increase.
func (p *Prometheus) Sees(ctx context.Context) error {
	var answer struct {
		Data struct {
			ActiveTargets []struct{ ScrapeURL, Health, LastError string }
		}
	}
	if err := getJSON(ctx, p.url+"/api/v1/targets", &answer); err != nil {
		return err
	}
	if len(answer.Data.ActiveTargets) == 0 {
		return errors.New("prometheus watches nothing yet")
	}
	for _, target := range answer.Data.ActiveTargets {
		if target.Health != "up" {
			return fmt.Errorf("%s is %s: %s", target.ScrapeURL, target.Health, target.LastError)
		}
	}
	return nil
}
