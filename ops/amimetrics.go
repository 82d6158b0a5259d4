package ops

import "github.com/prometheus/client_golang/prometheus"

// amiMetrics are those of the server that speaks AMI.
type amiMetrics struct {
	clients         prometheus.Gauge
	logIns, actions *prometheus.CounterVec
	cut             prometheus.Counter
}

func newAMIMetrics(add maker) amiMetrics {
	m := amiMetrics{
		clients: add.gauge("kezek_ami_clients", "Programs that are logged in over AMI."),
		logIns:  add.counters("kezek_ami_logins_total", "Log-ins over AMI: accepted, wrong, slowed down and not checked after wrong ones, or too many at once (full).", "result"),
		actions: add.counters("kezek_ami_actions_total", "Actions over AMI by result: done, refused, unsupported, or unavailable while the daemon is not in charge.", "result"),
		cut:     add.counter("kezek_ami_cut_total", "AMI clients that were disconnected because they read too slowly."),
	}
	fromZero(m.logIns, "accepted", "wrong", "slowed", "full")
	fromZero(m.actions, "done", "refused", "unsupported", "unavailable")
	return m
}

// AMIClients is how many programs are logged in over AMI.
func (m *Metrics) AMIClients(n int) { m.ami.clients.Set(float64(n)) }

// AMILogIn counts a log-in over AMI, by how it ended.
func (m *Metrics) AMILogIn(how string) { m.ami.logIns.WithLabelValues(how).Inc() }

// AMIAction counts an action over AMI, by how it ended.
func (m *Metrics) AMIAction(how string) { m.ami.actions.WithLabelValues(how).Inc() }

// AMICut counts a client that was too slow.
func (m *Metrics) AMICut() { m.ami.cut.Inc() }
