/** What networks run on: how settings name it, and libtorch's device of that name. */
package dev.lectern.detector.device;
