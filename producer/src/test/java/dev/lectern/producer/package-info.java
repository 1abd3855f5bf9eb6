/** What the tests of the producer share. */
package dev.lectern.producer;
