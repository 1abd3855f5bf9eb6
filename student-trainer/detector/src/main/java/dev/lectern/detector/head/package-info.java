/** Heads: networks that predict classes and boxes from the neck's maps. */
package dev.lectern.detector.head;
