package lab

import (
	"fmt"
	"net"
	"strconv"
)

// What every lab has.
const (
	ARIUser     = "kezek"
	ARIPassword = "lab"
	App         = "kezek"         // the name of the Stasis application
	DID         = "+996312900800" // the carrier calls it to reach the queue sales
	ShortDID    = "+996312900898" // the queue short, whose holds end after 12 s
	BenchDID    = "+996312900899" // the same agents by app_queue, for comparison
	// ReceptionDID rings at the phone of 1020, and at no queue.
	ReceptionDID = "+996312900897"

	TokenViewer     = "lab-viewer"
	TokenSupervisor = "lab-supervisor"
	TokenAdmin      = "lab-admin"
)

// Addresses says where the parts of a lab listen, as host:port unless the
// name says URL.
type Addresses struct {
	Host        string // of all but the carrier
	SIPAddr     string // Asterisk's SIP (UDP), where phones register
	CarrierHost string
	CarrierAddr string // the carrier calls from CarrierHost, and is called here
	ARIURL      string // with /ari, without a slash at the end
	RedisAddr   string
	OpsAddr     string // the daemon's HTTP: board, API, metrics, health
	AGIAddr     string // the daemon's FastAGI
}

// AddressesOf returns where lab n is, running or not.
func AddressesOf(n int) Addresses {
	host := fmt.Sprintf("127.0.%d.1", n)
	carrier := fmt.Sprintf("127.0.%d.2", n)
	return Addresses{
		Host:        host,
		SIPAddr:     net.JoinHostPort(host, "5060"),
		CarrierHost: carrier,
		CarrierAddr: net.JoinHostPort(carrier, "5060"),
		ARIURL:      "http://" + net.JoinHostPort(host, "8088") + "/ari",
		RedisAddr:   net.JoinHostPort(host, "6390"),
		OpsAddr:     net.JoinHostPort(host, "8086"),
		AGIAddr:     net.JoinHostPort(host, "4573"),
	}
}

func (a Addresses) ariAddr() string { return net.JoinHostPort(a.Host, "8088") }

// RedisURL is the address as Redis clients and the daemon's config take it.
func (a Addresses) RedisURL() string { return "redis://" + a.RedisAddr + "/0" }

// OpsURL is where the board and the API are.
func (a Addresses) OpsURL() string { return "http://" + a.OpsAddr }

// An Agent is one of the lab's agents and the account of their phone.
type Agent struct {
	Number     string // also the SIP user and the PJSIP endpoint
	Password   string // of the phone, by digest
	PIN        string // for *10
	Languages  []string
	Supervisor bool // may listen, whisper and join by code
}

// Agents are 1001 to 1020: five speak Russian, five Kyrgyz, the others both; 1020 is a supervisor.
func Agents() []Agent {
	var agents []Agent
	for n := 1001; n <= 1020; n++ {
		languages := []string{"ru", "ky"}
		switch {
		case n <= 1005:
			languages = []string{"ru"}
		case n <= 1010:
			languages = []string{"ky"}
		}
		number := strconv.Itoa(n)
		agents = append(agents, Agent{Number: number, Password: "lab-" + number, PIN: number, Languages: languages, Supervisor: n == 1020})
	}
	return agents
}
