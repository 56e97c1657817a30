@NullMarked
package io.evenkeel.demo;

import org.jspecify.annotations.NullMarked;
