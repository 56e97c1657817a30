//go:build tools

// Package tools pins the Contour that the lab builds from source.
package tools

import _ "github.com/projectcontour/contour/cmd/contour"
