/**
 * The demo: draws a dataset, records a teacher on it with the real roles as processes, trains
 * students without and with distillation, and writes a report.
 */
package dev.lectern.demo;
