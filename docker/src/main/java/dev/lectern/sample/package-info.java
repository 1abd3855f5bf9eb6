/** Some of a recording's views, chosen the same way whoever asks. */
package dev.lectern.sample;
