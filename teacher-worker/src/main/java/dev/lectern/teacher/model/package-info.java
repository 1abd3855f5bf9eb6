/**
 * Teachers: exported detectors behind one interface, and the checks that they pass before they
 * record.
 */
package dev.lectern.teacher.model;
