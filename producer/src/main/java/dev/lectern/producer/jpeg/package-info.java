/** JPEG in and out of pixels, by the fastest library of the machine. */
package dev.lectern.producer.jpeg;
