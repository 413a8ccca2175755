// Command cmd starts or stops the PostgreSQL cluster of the tests by hand, or
// runs a program with an empty database of its own, whose address is in the
// variable WASL_TEST_DATABASE:
//
//	go run ./internal/testkit/pgtest/cmd start|stop
//	go run ./internal/testkit/pgtest/cmd with PROGRAM ARGUMENT…
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"wasl/internal/testkit/pgtest"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	usage := errors.New("usage: cmd start|stop|with PROGRAM ARGUMENT…")
	if len(args) > 1 && args[0] == "with" {
		return with(ctx, args[1], args[2:]...)
	}
	if len(args) != 1 {
		return usage
	}
	switch args[0] {
	case "start":
		c, err := pgtest.Ensure(ctx)
		if err != nil {
			return err
		}
		c.Release()
		fmt.Println(c.DSN)
		return nil
	case "stop":
		return pgtest.Stop(ctx)
	}
	return usage
}

// with runs a program on a new database and drops that when it has ended.
func with(ctx context.Context, program string, args ...string) error {
	dsn, done, err := pgtest.Create(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "WASL_TEST_DATABASE="+dsn)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return errors.Join(cmd.Run(), done())
}
