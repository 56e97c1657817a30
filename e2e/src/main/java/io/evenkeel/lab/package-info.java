/** A real control plane, real proxies and real backends in a network namespace of their own. */
@NullMarked
package io.evenkeel.lab;

import org.jspecify.annotations.NullMarked;
