package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// metrics counts operations. Labels hold names of operations and outcomes, never
// a person or a customer.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wasl_operations_total", Help: "Operations by name, channel and outcome.",
		}, []string{"operation", "channel", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wasl_operation_seconds", Help: "Time of operations.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}, []string{"operation"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(e op.Event) {
	outcome := string(e.Outcome)
	if e.Err != nil {
		outcome = string(fault.KindOf(e.Err))
	}
	m.requests.WithLabelValues(e.Def.Name, string(e.Channel), outcome).Inc()
	m.seconds.WithLabelValues(e.Def.Name).Observe(e.Took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
