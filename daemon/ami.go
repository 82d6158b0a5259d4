package daemon

import (
	"fmt"
	"maps"
	"net"
	"slices"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/queue"
	"kezek/queuelog/ami"
)

// openAMI opens the port at which programs find the queues as app_queue's; none if the config wants none.
func (d *Daemon) openAMI(c *config.Config, log *zap.Logger) (err error) {
	if c.AMI.Listen == "" {
		return nil
	}
	if d.amiPort, err = net.Listen(networkOf(c.AMI.Listen), c.AMI.Listen); err != nil {
		return fmt.Errorf("ami.listen: %w", err)
	}
	d.undo.add("port of ami", func() error { return unlessClosed(d.amiPort.Close()) })
	d.ami = ami.New(ami.Options{
		Engine: d.engine, Settings: amiSettings(c), Channel: d.exchange.ChannelName, System: c.Asterisk.Name,
		Metrics: ami.Metrics{Clients: d.metrics.AMIClients, LogIn: d.metrics.AMILogIn, Action: d.metrics.AMIAction, Cut: d.metrics.AMICut},
		Log:     log,
	})
	d.observer.ami = d.ami
	return nil
}

// amiSettings are what a reload may change of it.
func amiSettings(c *config.Config) ami.Settings {
	s := ami.Settings{PauseStatus: queue.Status(c.AMI.PauseStatus)}
	for _, name := range slices.Sorted(maps.Keys(c.AMI.Users)) {
		u := c.AMI.Users[name]
		if u.Password != "" {
			s.Users = append(s.Users, ami.User{Name: name, Password: string(u.Password), Read: u.Read, Write: u.Write})
		}
	}
	return s
}
