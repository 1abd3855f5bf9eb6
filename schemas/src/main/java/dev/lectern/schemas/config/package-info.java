/**
 * What a user asked for: YAML files and {@code key=value} overrides bound to records, with every
 * mistake named.
 */
package dev.lectern.schemas.config;
