package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// redisServer returns the path of redis-server. Debian's redis-tools has the
// program under another name, and without the service that the package
// redis-server would start; Setup links to it.
func redisServer() (string, error) {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "bin", "redis-server")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("redis-server: %w", errNotInstalled)
	}
	return path, nil
}

// StartRedis starts Redis with the data that it had, and returns when it
// answers.
func (l *Lab) StartRedis(ctx context.Context) error {
	server, err := redisServer()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(l.Dir, "redis"), 0o755); err != nil {
		return err
	}
	cmd := exec.Command(server, filepath.Join(l.Dir, "redis.conf"))
	p, err := start(cmd, filepath.Join(l.Dir, "redis.log"), filepath.Join(l.Dir, "redis.pid"))
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.redis = p
	l.mu.Unlock()
	return poll(ctx, p, "redis-server", func() error { return ping(l.RedisAddr) })
}

// ping asks for a sign of life: a Redis that is still loading answers an error.
func ping(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	reply, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && reply != "+PONG\r\n" {
		err = fmt.Errorf("redis-server answers %q", reply)
	}
	return err
}

// StopRedis ends Redis and keeps its data for StartRedis.
func (l *Lab) StopRedis() { l.process(Redis).stop(grace) }
