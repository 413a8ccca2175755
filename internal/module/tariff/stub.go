package tariff
type version struct{}
type work struct{}
