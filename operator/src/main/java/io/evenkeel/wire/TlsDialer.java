package io.evenkeel.wire;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * TLS over TCP. The peer's certificate must come from the identity's authority and name the server
 * name, or the IP address that was dialled when there is none.
 */
public record TlsDialer(TcpDialer tcp, TlsIdentity identity, Optional<String> serverName)
    implements Dialer {
  @Override
  public String describe() {
    return "tls:" + tcp.describe();
  }

  @Override
  public Connection dial() throws IOException {
    Socket socket = new Socket();
    // The raw socket is the transport: closing an SSLSocket could itself wait for the peer.
    return BoundedConnection.open(describe(), tcp.limits(), socket, () -> handshake(socket));
  }

  private BoundedConnection.Streams handshake(Socket socket) throws IOException {
    tcp.connect(socket);
    String name = serverName.orElse(tcp.address().ip());
    SSLSocket tls =
        (SSLSocket)
            identity
                .context()
                .getSocketFactory()
                .createSocket(socket, name, tcp.address().port(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    serverName.ifPresent(sni -> parameters.setServerNames(List.of(new SNIHostName(sni))));
    tls.setSSLParameters(parameters);
    try {
      tls.startHandshake();
    } catch (IOException failure) {
      throw TlsTrouble.inHandshake(describe(), name, failure);
    }
    Answer answer = new Answer(tls.getInputStream());
    return new BoundedConnection.Streams(answer, new Question(tls.getOutputStream(), answer));
  }

  /**
   * With TLS 1.3 the peer's verdict on our certificate comes after the handshake: instead of the
   * first byte of its answer, or while we are still asking.
   */
  private final class Answer extends BlockInput {
    private final InputStream in;
    private boolean begun;

    Answer(InputStream in) {
      this.in = in;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        int read = in.read(buffer, offset, length);
        begun = true;
        return read;
      } catch (IOException failure) {
        throw begun ? failure : TlsTrouble.beforeAnAnswer(describe(), failure);
      }
    }
  }

  private final class Question extends FilterOutputStream {
    private final Answer answer;

    Question(OutputStream out, Answer answer) {
      super(out);
      this.answer = answer;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      try {
        out.write(buffer, offset, length);
      } catch (IOException brokenPipe) {
        // Whoever hangs up has said why before; only reading tells it.
        int unused = answer.read(new byte[1], 0, 1);
        throw brokenPipe;
      }
    }
  }
}
