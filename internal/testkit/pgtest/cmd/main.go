// Command cmd starts or stops the PostgreSQL cluster of the tests by hand:
//
//	go run ./internal/testkit/pgtest/cmd start|stop
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"wasl/internal/testkit/pgtest"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: cmd start|stop")
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
	return errors.New("usage: cmd start|stop")
}
