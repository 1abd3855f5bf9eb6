/**
 * Object detection datasets as they lie on disk: annotation files, image files, and all that can be
 * wrong with them.
 */
package dev.lectern.producer.dataset;
