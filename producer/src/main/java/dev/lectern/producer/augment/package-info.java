/** The view plan: which views an image gets, the numbers of each, and its pixels and boxes. */
package dev.lectern.producer.augment;
