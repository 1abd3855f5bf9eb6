/** Figures of a running role for Prometheus: an HTTP endpoint over Micrometer. */
package dev.lectern.cli.metrics;
