/** Figures and health of a running role: an HTTP endpoint over Micrometer. */
package dev.lectern.cli.metrics;
