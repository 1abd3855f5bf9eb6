/** Heads: networks that read class and box logits off the neck's maps. */
package dev.lectern.detector.head;
