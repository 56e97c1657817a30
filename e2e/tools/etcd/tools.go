//go:build tools

// Package tools pins the etcd that the lab builds from source.
package tools

import _ "go.etcd.io/etcd/server/v3"
