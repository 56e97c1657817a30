/** The HAProxy room through the whole operator, against real HAProxy processes. */
@NullMarked
package io.evenkeel.provider.haproxy;

import org.jspecify.annotations.NullMarked;
