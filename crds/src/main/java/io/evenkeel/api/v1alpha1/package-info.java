/** The API of Evenkeel, version v1alpha1: what users declare and what they read back. */
@NullMarked
package io.evenkeel.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
