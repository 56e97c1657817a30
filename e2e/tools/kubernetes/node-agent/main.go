// Command node-agent stands in for the kubelet of a node whose pods have no containers, for one
// thing: port-forward. The protocol is the kubelet's own code; only finding the pod's network is
// ours: the pod's annotation names it.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/kubelet/pkg/cri/streaming/portforward"
)

// The file of the network namespace in which the pod's containers would be.
const networkAnnotation = "lab.evenkeel.io/network"

func main() {
	address := flag.String("address", "", "the node's IP address")
	port := flag.Int("port", 10250, "the kubelet's port")
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	flag.Parse()
	log.Fatal(serve(*address, *port, *kubeconfig))
}

func serve(address string, port int, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // One lookup for each connection, and as many connections as a test wants.
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	// As the kubelet does when it is given no certificate; the API server does not check it unless
	// it is told an authority.
	certPem, keyPem, err := cert.GenerateSelfSignedCertKey(address, nil, nil)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certPem, keyPem)
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/portForward/{namespace}/{pod}", func(w http.ResponseWriter, r *http.Request) {
		options, err := portforward.NewV4Options(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		pod, err := client.CoreV1().Pods(r.PathValue("namespace")).Get(r.Context(), r.PathValue("pod"), metav1.GetOptions{})
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		// The kubelet's default times for an idle stream and for one to come into being.
		portforward.ServePortForward(w, r, network(pod.Annotations[networkAnnotation]), pod.Name, pod.UID, options,
			4*time.Hour, 30*time.Second, portforward.SupportedProtocols)
	})
	server := &http.Server{
		Addr:      fmt.Sprintf("%s:%d", address, port),
		Handler:   routes,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}},
	}
	return server.ListenAndServeTLS("", "")
}

// The file of a network namespace.
type network string

// PortForward copies both ways until either side ends, as containerd does.
func (n network) PortForward(_ context.Context, _ string, _ types.UID, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	conn, err := n.dial(port)
	if err != nil {
		return err
	}
	defer conn.Close()
	ended := make(chan error, 2)
	go func() { _, err := io.Copy(conn, stream); ended <- err }()
	go func() { _, err := io.Copy(stream, conn); ended <- err }()
	return <-ended
}

func (n network) dial(port int32) (net.Conn, error) {
	type answer struct {
		conn net.Conn
		err  error
	}
	dialled := make(chan answer)
	go func() {
		// Never unlocked: a thread that has changed its namespace ends with its goroutine.
		runtime.LockOSThread()
		conn, err := net.Conn(nil), n.enter()
		if err == nil {
			conn, err = net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), 10*time.Second)
		}
		dialled <- answer{conn, err}
	}()
	got := <-dialled
	return got.conn, got.err
}

func (n network) enter() error {
	file, err := os.Open(string(n))
	if err != nil {
		return fmt.Errorf("the pod's network: %w", err)
	}
	defer file.Close()
	return unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
}
