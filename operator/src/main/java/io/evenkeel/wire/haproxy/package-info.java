/**
 * HAProxy's runtime API: bounded conversations, and codecs for what it says. Shared by both rooms;
 * decides nothing.
 */
@NullMarked
package io.evenkeel.wire.haproxy;

import org.jspecify.annotations.NullMarked;
