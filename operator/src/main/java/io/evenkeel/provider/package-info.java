/** The interface of all rooms that declare, and the registry of them. */
@NullMarked
package io.evenkeel.provider;

import org.jspecify.annotations.NullMarked;
