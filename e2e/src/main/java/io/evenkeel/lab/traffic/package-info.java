/**
 * Both ends of real traffic: backends with a bounded capacity, and a load that remembers every
 * request.
 */
@NullMarked
package io.evenkeel.lab.traffic;

import org.jspecify.annotations.NullMarked;
