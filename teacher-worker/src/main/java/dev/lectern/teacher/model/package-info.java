/** Teachers: exported detectors behind one interface, and what is checked before they may speak. */
package dev.lectern.teacher.model;
