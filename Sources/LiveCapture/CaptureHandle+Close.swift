#if canImport(Glibc)
    internal import Glibc
#endif

extension CaptureHandle {
    /// Closes several at once. The kernel takes some 20 ms to give a capture's ring back, because it waits until no
    /// processor can still be writing to it (net/packet/af_packet.c, synchronize_net): two such waits need not
    /// stand behind each other.
    public static func close(_ handles: [CaptureHandle]) {
        #if canImport(Glibc)
            var threads: [pthread_t] = []
            for handle in handles.dropFirst() {
                let context = unsafe Unmanaged.passRetained(handle).toOpaque()
                var thread = pthread_t()
                let status = unsafe pthread_create(
                    &thread, nil,
                    { context in
                        unsafe Unmanaged<CaptureHandle>.fromOpaque(context!).takeRetainedValue().close()
                        return nil
                    }, context)
                if status == 0 {
                    threads.append(thread)
                } else {
                    unsafe Unmanaged<CaptureHandle>.fromOpaque(context).takeRetainedValue().close()
                }
            }
            handles.first?.close()
            for thread in threads { pthread_join(thread, nil) }
        #else
            for handle in handles { handle.close() }
        #endif
    }
}
