/** The interface of all rooms that read proxies, and the registry of them. */
@NullMarked
package io.evenkeel.probe;

import org.jspecify.annotations.NullMarked;
