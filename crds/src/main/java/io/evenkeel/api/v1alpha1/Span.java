package io.evenkeel.api.v1alpha1;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A duration written as Kubernetes writes them, such as {@code 1m30s}; see {@link Durations}. */
@JacksonAnnotationsInside
@JsonSerialize(using = Durations.ToText.class)
@JsonDeserialize(using = Durations.FromText.class)
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
@interface Span {}
