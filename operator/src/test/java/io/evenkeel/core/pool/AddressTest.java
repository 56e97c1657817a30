package io.evenkeel.core.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two spellings of one address are one address. */
class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "fd00:10::5, fd00:10:0:0:0:0:0:5",
    "FD00:0010::0005, fd00:10:0:0:0:0:0:5",
    "fd00:10:0:0:0:0:0:5, fd00:10:0:0:0:0:0:5",
    "::, 0:0:0:0:0:0:0:0",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "64:ff9b::10.0.0.1, 64:ff9b:0:0:0:0:a00:1",
    "::ffff:10.0.0.1, 10.0.0.1",
    "::ffff:a00:1, 10.0.0.1",
    "10.0.0.1, 10.0.0.1",
  })
  void oneSpelling(String written, String canonical) {
    Address address = new Address(written, 80);
    assertThat(address.ip()).isEqualTo(canonical);
    assertThat(address).isEqualTo(new Address(canonical, 80));
  }

  /** What is no address keeps its text. Java also reads some that are none (::00001). */
  @Property
  void whatIsReadIsReadAsJavaReadsIt(
      @ForAll @Chars({':', '.', '0', '1', 'f', 'F'}) @StringLength(min = 1, max = 24) String text) {
    assertThat(Address.canonical(text)).isIn(text, byJava(text));
  }

  @Property
  void anyAddressIsReadAsJavaReadsIt(@ForAll @Size(16) byte[] bytes, @ForAll boolean sparse)
      throws UnknownHostException {
    if (sparse) {
      java.util.Arrays.fill(bytes, 2, 13, (byte) 0);
    }
    String text = InetAddress.getByAddress(bytes).getHostAddress();
    assertThat(Address.canonical(text)).isEqualTo(text);
    assertThat(Address.canonical(text.replaceFirst("(^|:)0(:0)+(:|$)", "::"))).isEqualTo(text);
  }

  private static String byJava(String text) {
    try {
      return InetAddress.ofLiteral(text).getHostAddress();
    } catch (IllegalArgumentException notAnAddress) {
      return text;
    }
  }
}
