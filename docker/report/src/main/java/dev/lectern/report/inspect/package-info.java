/**
 * Looking at a recording: its views, what teacher and student say about them, and whether the
 * teacher still says so.
 */
package dev.lectern.report.inspect;
