/**
 * The story, told on real parts: the outage happens, and then it does not. Scenarios disturb the
 * lab, the operator answers, and every figure is read from the proxies and from the requests
 * themselves.
 */
@NullMarked
package io.evenkeel.demo;

import org.jspecify.annotations.NullMarked;
